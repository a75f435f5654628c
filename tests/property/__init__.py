"""Property tests: long random histories against small models of what must hold."""
