"""Sockets: the server and its WSGI application. Imports `exposition` and below."""
