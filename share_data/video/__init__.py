"""Videos as frames with true times: decoding, encoding, one frame, frames ahead."""
