meshtopo: no topology in directory "main": want one of topology.yaml, topology.yml, topology.json, topology.cue, topology.jsonnet
Command exited with non-zero status 2
	Command being timed: "/tmp/print/meshtopo simulate . -q --sweep 2 --over cluster"
	User time (seconds): 0.00
	System time (seconds): 0.00
	Percent of CPU this job got: 108%
	Elapsed (wall clock) time (h:mm:ss or m:ss): 0:00.01
	Average shared text size (kbytes): 0
	Average unshared data size (kbytes): 0
	Average stack size (kbytes): 0
	Average total size (kbytes): 0
	Maximum resident set size (kbytes): 32820
	Average resident set size (kbytes): 0
	Major (requiring I/O) page faults: 0
	Minor (reclaiming a frame) page faults: 1437
	Voluntary context switches: 79
	Involuntary context switches: 6
	Swaps: 0
	File system inputs: 0
	File system outputs: 8
	Socket messages sent: 0
	Socket messages received: 0
	Signals delivered: 0
	Page size (bytes): 4096
	Exit status: 2
