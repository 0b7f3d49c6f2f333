"""What lies beside the pictures in a packet: messages and markers that a picture does not need, and may be wrong."""

from av.packet import Packet
from av.video.stream import VideoStream

from share_data.video.losses.nal import length_size, spans

_H264_MESSAGE, _H264_FILLER = 6, 12
_HEVC_MESSAGES, _HEVC_FILLER = (39, 40), 38
_MARKERS = (*range(0xE1, 0xEE), 0xEF)
"""JPEG's: Exif and its like. E0 (JFIF) and EE (Adobe) tell how the colours are coded."""
_COMMENT, _SCAN = 0xFE, 0xDA


def silence_messages(packet: "Packet[VideoStream]", codec: str, extradata: bytes | None) -> bool:
    """Make filler of all that lies beside the packet's pictures, in place. False where there is nothing of the kind."""
    before = bytes(packet)
    data = bytearray(before)
    if codec in ("h264", "hevc"):
        for start, _ in spans(before, length_size(extradata, codec)):
            _silence_unit(data, start, codec)
    elif codec == "mjpeg":
        _silence_markers(data)
    if data == before:
        return False
    packet.update(bytes(data))
    return True


def _silence_unit(data: bytearray, start: int, codec: str) -> None:
    if codec == "h264" and data[start] & 31 == _H264_MESSAGE:
        data[start] = _H264_FILLER
    elif codec == "hevc" and data[start] >> 1 & 63 in _HEVC_MESSAGES:
        data[start] = _HEVC_FILLER << 1


def _silence_markers(data: bytearray) -> None:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _SCAN:
        if data[at + 1] in _MARKERS:
            data[at + 1] = _COMMENT
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
