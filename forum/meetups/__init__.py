"""Meetups in real life: announced by a thread, answered in one tap, remembered afterwards."""
