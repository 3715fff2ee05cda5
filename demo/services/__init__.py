"""What `make demo` runs beside Django: the mail sink and the supervisor of web, worker and database."""
