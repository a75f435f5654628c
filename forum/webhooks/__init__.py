"""Requests that leave the house: only to addresses that may be reached, signed where the receiver checks it."""
