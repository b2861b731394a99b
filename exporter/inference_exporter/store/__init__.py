"""What a restart keeps."""
