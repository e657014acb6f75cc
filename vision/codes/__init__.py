"""The barcodes in one picture: found, turned upright, decoded, agreed on; and what their texts mean."""
