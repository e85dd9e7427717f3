"""Meta-structures of labels: what a network learns from them."""

from napari_metastruct.metastructure.extraction import extract

__all__ = ["extract"]
