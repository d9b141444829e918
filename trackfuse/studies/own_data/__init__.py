"""Detections that a user brings, the tracks made of them, and the export of a run to Stone Soup."""
