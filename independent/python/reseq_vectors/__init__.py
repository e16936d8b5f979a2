"""Checks the golden vectors of Reseq, with the standard library only."""
