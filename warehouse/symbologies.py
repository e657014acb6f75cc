"""What a label may carry."""

SYMBOLOGIES = (
    *("Code128", "Code39", "Code93", "Codabar", "ITF", "EAN13", "EAN8", "UPCA", "UPCE", "DataBar", "DataBarExp", "DataBarLtd"),
    *("QRCode", "MicroQRCode", "RMQRCode", "DataMatrix", "Aztec", "PDF417", "MicroPDF417", "MaxiCode"),
)
"""By zxing-cpp's names; linear ones first."""
LINEAR_SYMBOLOGIES = frozenset(SYMBOLOGIES[: SYMBOLOGIES.index("QRCode")])
"""Those made of bars, which a movement along the bars does not blur."""
