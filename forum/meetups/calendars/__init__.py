"""Meetups in calendars: files, feeds, invitations by mail, and what search engines read."""
