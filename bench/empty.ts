// A program that does nothing: the cost of a start without us.
