"""What cameras send, as bits and pictures: parameter sets, decoding, encoding anew, masks."""
