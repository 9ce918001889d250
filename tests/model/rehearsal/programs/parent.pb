# Parent
## Main
### Triggers
- At the beginning
### Steps
- $x = Child.Double(21)
- $y = Child.Double($x)
- Say "x={$x}, y={$y}"
- Child.Secret()
- Say "unreachable"
# Child
## Double($n)
public: true
### Steps
- Return $n * 2
## Secret
### Steps
- Return 1
