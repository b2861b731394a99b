"""What the fuzz is made of: values, bodies, requests, the connection they go over, and the books that are kept."""
