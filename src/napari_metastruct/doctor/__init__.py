"""What is installed, what computes, what is missing, and the line that mends it.

Nothing here is imported to be looked at: a broken library must not break the doctor.
"""

from napari_metastruct.doctor.examination import examine
from napari_metastruct.doctor.report import Finding, Report

__all__ = ["Finding", "Report", "examine"]
