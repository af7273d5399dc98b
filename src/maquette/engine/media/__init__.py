"""What media are made of: sniffing, decoding, small pictures and stamping; mostly run in a child process."""
