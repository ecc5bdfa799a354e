"""A county's cameras without cameras: an RTSP 1.0 server that sends real H.264 and H.265 clips, with faults on command."""
