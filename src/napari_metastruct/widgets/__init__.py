"""Everything that is shown in napari; the only folder that imports napari or Qt."""
