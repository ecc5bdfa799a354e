"""What a guard did without a network, said later."""
