"""One location at a time: which reads are its own, whether anything stands in it, and the observation that follows."""
