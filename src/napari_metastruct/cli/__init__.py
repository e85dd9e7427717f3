"""The command line: arguments, progress bar, exit codes; nothing else.

Exit codes: 0 all done; 1 some files failed or were not started; 2 bad input, one
sentence on stderr; 130 cancelled.
"""

from napari_metastruct.cli.entry import main

__all__ = ["main"]
