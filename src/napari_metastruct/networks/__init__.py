"""Networks by name, and the trained network with all that it needs: the segmenter."""
