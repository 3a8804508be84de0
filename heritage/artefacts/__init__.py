"""What was carried to safety and what stays: objects, boxes, moves, custody, and silence about where."""
