"""Reseq: numbered message streams that survive dropped connections (specification 1.0.0).

`reseq.receiver` and `reseq.sequence` need the standard library only, `reseq.client` needs grpcio.
"""
