"""Who is helped by what and by whom, so that the help that there is does most good."""
