"""The law: notices of illegal content, records of restrictions, complaints, transparency, and what is kept how long."""
