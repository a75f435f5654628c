"""The audit log: what staff did, in an order that cannot be changed unnoticed."""
