"""Sockets: the server and its WSGI application."""
