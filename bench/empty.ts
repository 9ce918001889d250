// A program that does nothing: what a start costs without us.
