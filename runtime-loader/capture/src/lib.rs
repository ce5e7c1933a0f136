//! pcap and pcapng captures, compressed or not, in and out.
