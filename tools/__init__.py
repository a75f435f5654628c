"""Small programs that build and check the project; none of them runs on a site."""
