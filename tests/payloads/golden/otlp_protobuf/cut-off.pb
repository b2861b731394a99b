
P@abc