# Payroll

## Main
### Triggers
- At the beginning
### Steps
- $employees = ["Ann", "Bob"]
- $salaries = {"Ann": 1000, "Bob": 2000}
- For each $e in $employees:
  - $net = $salaries[$e] * 0.8
  - Tell the user "{$e}: {$net}"
- Say "Paid {len($employees)} employees"
- End program
