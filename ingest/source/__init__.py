"""Cameras read: RTSP by ourselves, FFmpeg for the rest, when a picture was taken, and how a stream does."""
