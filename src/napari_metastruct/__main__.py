"""``python -m napari_metastruct`` is the command line."""

import sys

from napari_metastruct.cli import main

if __name__ == "__main__":
    sys.exit(main())
