"""What a guard's fixes say: doubts, trust, presence, visits, cells. Pure, but for the last places in Redis."""
