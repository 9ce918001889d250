# Loan Officer

## Main
### Triggers
- At the beginning
### Steps
1. Ask the applicant for their $income
2. Ask the applicant for their $credit_score
3. Ask the applicant for the $amount they want to borrow
4. If $credit_score is below 600, tell the applicant "Sorry, your score of $credit_score is too low." and end program
5. $max = $income * 4
6. If $amount > $max then $amount = $max
7. $monthly = round($amount / 36)
8. Tell the applicant "You can borrow $amount dollars, at $monthly a month."
9. End program
