import type { ErrorKind, Retry } from './errors.ts';

interface CatalogueEntry {
  readonly kind: ErrorKind;
  readonly retry: Retry;
  /** Why it happens, one sentence. */
  readonly cause: string;
  /** What the engineer can do next, one sentence. */
  readonly nextStep: string;
}

const entry = (kind: ErrorKind, retry: Retry, cause: string, nextStep: string): CatalogueEntry => ({
  kind,
  retry,
  cause,
  nextStep,
});

/** Every public error code with cause and next step. docs/errors.md lists the same; a test compares the two. */
// A table: one row a code.
// prettier-ignore
export const ERROR_CATALOGUE = {
  // frames and messages
  'preface-foreign': entry('protocol', 'never', 'The peer does not speak PUT Open Protocol.', 'Check host and port; another program listens there, or a proxy answers in its place.'),
  'version-unsupported': entry('protocol', 'never', 'The two ends have no protocol version in common.', 'Upgrade the older end: PUT Desktop on the client system, or putservices on the master node.'),
  'frame-type-unknown': entry('protocol', 'never', 'A frame carries a type that this version does not know.', 'Upgrade the older end; if both are current, save the log and report it.'),
  'frame-too-large': entry('protocol', 'never', 'A frame announces more bytes than its type may have.', 'Save the log and report it; nothing of the frame was stored.'),
  'frame-out-of-order': entry('protocol', 'now', 'A numbered frame is missing or came twice.', 'Nothing: the session reconnects and asks for what is missing.'),
  'body-invalid': entry('protocol', 'never', 'The body of a frame is not valid CBOR.', 'Save the log and report it.'),
  'message-invalid': entry('protocol', 'never', 'A message does not fit its schema.', 'Upgrade the older end; if both are current, save the log and report it.'),
  'channel-unknown': entry('protocol', 'never', 'A frame names a channel that this connection does not carry.', 'Upgrade the older end.'),
  'method-unknown': entry('remote', 'never', 'The other end does not know this request.', 'Upgrade the older end.'),
  'handshake-expected': entry('protocol', 'never', 'Another frame came where a greeting was due.', 'Check that the port belongs to putservices.'),
  'queue-full': entry('remote', 'later', 'Too many bytes wait for acknowledgement on this session.', 'Wait until the line is back; nothing was lost.'),
  'too-many-requests': entry('remote', 'later', 'Too many requests are open at once on this session.', 'Wait for answers, then repeat.'),
  // line and session
  'dial-failed': entry('transport', 'now', 'No connection to the host and port, for the reason that the message names.', 'Run the path test: it tells what answers at each port.'),
  'dial-timeout': entry('timeout', 'now', 'Nothing came back from the host and port: a firewall drops the packets, or the host is off.', 'Run the path test; if other ports of the host answer, ask the firewall team for this one.'),
  'dial-forbidden': entry('transport', 'later', 'This machine itself forbids the connection.', 'Ask who looks after the firewall or the security software of this machine to allow the program.'),
  'port-closed': entry('transport', 'now', 'The host answered that nothing listens at the port, or something on the way said so in its place.', 'Check that the service runs there and listens at this port; the path test tells what answers at the others.'),
  'host-unreachable': entry('transport', 'now', 'The network answered that there is no way to the host: it is off, its address is wrong, or a device on the way rejects it.', 'Check the address, whether the host is up, and the VPN.'),
  'network-unreachable': entry('transport', 'now', 'This machine has no network, or none that leads to the host.', 'Check cable, Wi-Fi and VPN of this machine.'),
  'host-unknown': entry('transport', 'later', 'The host name has no address.', 'Check the name and the VPN, or give the address.'),
  'name-server-silent': entry('transport', 'now', 'No name server answered for the host name.', 'Check network and VPN of this machine, or give the address of the host.'),
  'tls-failed': entry('transport', 'never', 'TLS could not be agreed with the peer.', 'Check that the port belongs to putservices and that no device opens TLS in between.'),
  'tls-silent': entry('timeout', 'now', 'The host took the connection, but its side of the TLS handshake did not come.', 'Run the path test: it tells whether large packets are lost on the way; otherwise a device in between holds TLS up.'),
  'certificate-unknown': entry('input', 'never', 'The certificate of the target system is not known here yet.', 'Compare the fingerprint with the one that putservices prints at its start; then accept it.'),
  'certificate-changed': entry('input', 'never', 'The target system shows another certificate than the one accepted before.', 'Do not sign in before the site confirms the change; then accept the new fingerprint.'),
  'certificate-untrusted': entry('input', 'never', 'The certificate of the target system is not vouched for by the authority that is set for it.', 'Do not sign in before the site explains it; then correct the certificate of the master node or the authority file.'),
  'stranger-answers': entry('transport', 'later', 'Another server answers in place of the target system: the sign-in page of a network (captive portal), a device that opens TLS, or another machine.', 'The session comes back by itself when the accepted certificate is shown again: sign in to the network if it asks for that; if the site changed the certificate, sign out and sign in again to accept it.'),
  'client-certificate-refused': entry('input', 'never', 'The master node lets in only clients with a certificate of its authority; none or another one was shown.', 'Ask the site for a client certificate and name it in the trust settings of the system.'),
  'client-key-locked': entry('input', 'never', 'The key of the client certificate is encrypted and its passphrase was wrong or not given.', 'Give the passphrase.'),
  'trust-file-unreadable': entry('input', 'never', 'An authority, client certificate or key file of the trust settings cannot be used.', 'Mend the file that the message names, or name another one in the trust settings of the system.'),
  'line-lost': entry('transport', 'now', 'The line went away.', 'Nothing: the session reconnects by itself. Retry now shortens the wait.'),
  'peer-silent': entry('timeout', 'now', 'Nothing was heard for too long while an answer was due.', 'Nothing: the session reconnects by itself. Retry now shortens the wait.'),
  'request-timeout': entry('timeout', 'now', 'A request had no answer in time.', 'Repeat it; the state of the session is shown at the top.'),
  'session-closed': entry('cancelled', 'now', 'The session was closed here.', 'Sign in again.'),
  'session-unknown': entry('remote', 'never', 'The master node does not keep this session any more.', 'Sign in again; jobs go on without a session.'),
  'session-taken-over': entry('remote', 'never', 'The session goes on at another client system.', 'Take it back there or sign in again here.'),
  'account-changed': entry('remote', 'never', 'The account was removed, or its password was changed, since this session signed in.', 'Sign in again with the account as it is now; jobs go on without a session.'),
  'server-stopping': entry('remote', 'later', 'putservices is being stopped on the master node.', 'Wait; the session reconnects when it is up again.'),
  'paths-exhausted': entry('transport', 'later', 'No way to the target system worked.', 'Read the reason of each way; run the path test.'),
  'ssh-host-key-unknown': entry('input', 'never', 'The SSH host key of a host on the way is not known here yet.', 'Compare the fingerprint with the one of the host (ssh-keygen -lf on it); then accept it or add it to known_hosts.'),
  'ssh-host-key-changed': entry('input', 'never', 'A host on the way shows another SSH host key than the one known, or a revoked one.', 'Do not go on before the site confirms the change; then correct known_hosts, or the accepted host key of the system.'),
  'ssh-sign-in-refused': entry('input', 'never', 'A host on the way accepted neither key nor password, or what it asked for was not given.', 'Check user, key and agent with ssh -v to the same host.'),
  'ssh-key-locked': entry('input', 'never', 'The SSH key is encrypted and its passphrase was wrong or not given.', 'Give the passphrase, or load the key into the agent with ssh-add.'),
  'ssh-agent-unavailable': entry('input', 'later', 'The SSH agent is not there or does not answer, and nothing else let the user in.', 'Check the agent with ssh-add -l and start it anew, or name a key file.'),
  'ssh-config-unusable': entry('input', 'later', 'The ssh configuration of this machine cannot be used.', 'Run ssh -G with the name of the host and mend the line that it names.'),
  'ssh-proxy-command-failed': entry('transport', 'now', 'The ProxyCommand of the ssh configuration ended without leading to the host.', 'Run the command that the message names by itself; ask who gave out the ssh configuration.'),
  'ssh-host-busy': entry('transport', 'now', 'A host on the way closed the connection before it began SSH: too many sign-ins at once (MaxStartups), or it bars this address.', 'Nothing, if it passes: the client comes again. Otherwise ask who looks after that host whether it bars this address.'),
  'ssh-host-silent': entry('timeout', 'now', 'A host on the way took the connection, but its part of the SSH sign-in did not come in time.', 'Try ssh to the same host; if that hangs too, ask who looks after the host.'),
  'ssh-algorithms-differ': entry('transport', 'never', 'A host on the way has no algorithm in common with this program.', 'Show the message to who looks after that host: it names what the host offers.'),
  'ssh-packet-too-large': entry('transport', 'never', 'A host on the way sends a larger packet than is read here, such as a very long banner.', 'Install the OpenSSH client on this machine, which takes it, or have the banner shortened.'),
  'ssh-forwarding-denied': entry('remote', 'later', 'A host on the way lets the user in, but does not let connections through (AllowTcpForwarding, PermitOpen).', 'Ask who looks after that host to allow TCP forwarding to the address in the message.'),
  'ssh-target-unreachable': entry('transport', 'now', 'A host on the way let the user in, but could not connect on from there.', 'Check on that host that the address in the message listens and can be reached.'),
  'ssh-program-needed': entry('input', 'never', 'What the host or its keys need can be used only by the OpenSSH client.', 'Install the OpenSSH client on this machine, or name another key.'),
  'ssh-program-failed': entry('transport', 'now', 'The OpenSSH client of this machine ended without leading to the target.', 'Run ssh -v to the same host; its last words stand in the message.'),
  'proxy-refused': entry('transport', 'later', 'The HTTP proxy did not open a way to the target.', 'Check address, user and password of the proxy, and whether it allows CONNECT to the port.'),
  // sign-in
  'sign-in-required': entry('remote', 'never', 'The request needs a signed-in session.', 'Sign in.'),
  'sign-in-refused': entry('input', 'never', 'User or password is wrong.', 'Check both; after several failures the master node answers more slowly.'),
  'sign-in-slowed': entry('remote', 'later', 'Too many failed sign-ins from this address.', 'Wait as long as the message says, then try once.'),
  'sign-in-busy': entry('remote', 'later', 'Many sign in at this moment; the password was not checked.', 'Nothing: the client comes again by itself for a minute.'),
  'role-insufficient': entry('remote', 'never', 'The account may not do this.', 'Ask an operator or admin of the system.'),
  // ports
  'lease-unknown': entry('remote', 'now', 'The GUI port was not offered to this client, or the offer ran out.', 'Connect again; the client goes on by single port without asking.'),
  'lease-range-full': entry('remote', 'later', 'Every GUI port of the range is leased.', 'See who holds what in the Ports view; the client goes on by single port.'),
  'lease-not-idle': entry('remote', 'never', 'A port in use cannot be released.', 'Ask its holder to sign out, or wait until the lease is detached.'),
  'port-unknown': entry('input', 'never', 'The port does not belong to the range.', 'See the list of ports.'),
  'connection-limit': entry('remote', 'later', 'Too many connections from this address.', 'Close the ones not needed, then connect again.'),
  // configuration and start
  'config-invalid': entry('input', 'never', 'A line of the Config file cannot be used.', 'Mend the line that the message names; putservices --help lists the keys.'),
  'config-unreadable': entry('input', 'never', 'The Config file, or the list of systems, cannot be read.', 'Check the path and the rights.'),
  'port-in-use': entry('input', 'later', 'Another process listens on a port that putservices needs.', 'Stop that process or set another port in the Config file.'),
  'address-unavailable': entry('input', 'never', 'An address to listen on does not belong to this machine.', 'Correct LISTEN in the Config file.'),
  'state-newer': entry('input', 'never', 'The state folder was written by a newer version of putservices.', 'Start the newer version, or name another folder with --state.'),
  'state-locked': entry('input', 'later', 'Another putservices uses the state folder.', 'Stop it, or name another folder with --state.'),
  'state-damaged': entry('input', 'never', 'A file of the state folder cannot be read.', 'Restore the folder from a backup, or start with another one; nothing was changed.'),
  'state-full': entry('remote', 'later', 'The file system of the state folder on the master node has no room.', 'Free space there; what waits goes on by itself.'),
  'state-read-only': entry('remote', 'later', 'The file system of the state folder is mounted read-only.', 'Look for a disk fault in the log of the operating system, then mount it for writing again.'),
  'state-denied': entry('input', 'never', 'The user that putservices runs as may not use the state folder or a file in it.', 'Start putservices as the owner of the folder, or give the owner back what the message names.'),
  'state-unwritable': entry('remote', 'later', 'A file of the state folder cannot be opened, read or written.', 'Look at the file that the message names, its disk and its rights; it is not known to be damaged.'),
  'open-files-limit': entry('remote', 'later', 'putservices has as many files and connections open as the operating system lets it.', 'Raise LimitNOFILE of its unit, or end sessions that are not needed.'),
  'journal-unwritable': entry('remote', 'later', 'The journal of jobs cannot be written on the master node.', 'Free space on the file system of the state folder; jobs go on by themselves once it can be written.'),
  'accounts-invalid': entry('input', 'never', 'The account file cannot be used.', 'Mend the line that the message names, or add the account anew with putservices account.'),
  // packages and library
  'rpm-invalid': entry('input', 'never', 'The file is not a complete RPM package.', 'Get the package again from its source; the message names the offset of the fault.'),
  'package-not-installable': entry('input', 'never', 'The file is a source or delta package, which nodes cannot install.', 'Upload the whole built package (`rpmbuild --rebuild` or `applydeltarpm` make one).'),
  'package-name-invalid': entry('input', 'never', 'The file name is not allowed in the package library.', 'Rename the file: letters, digits and . _ + - ~ only, ending in .rpm or .certlist.'),
  'package-unknown': entry('input', 'never', 'The package library has no such package.', 'Upload it, or choose another.'),
  'package-wrong-arch': entry('input', 'never', 'The package is for another architecture than the node.', 'Choose the build for the architecture of the node.'),
  'package-wrong-os': entry('input', 'never', 'The package is for another operating system than the node.', 'Choose the build for the operating system of the node.'),
  'package-missing': entry('input', 'never', 'A mandatory package is not selected.', 'Select it; upload it first if the library does not have it.'),
  'package-requires': entry('input', 'never', 'A selected package requires something that is neither selected nor on the node.', 'Add the package that the message names.'),
  'package-conflicts': entry('input', 'never', 'Two packages conflict.', 'Leave one of the two out.'),
  'package-older': entry('input', 'never', 'The selected version is older than the one on the node.', 'Choose the newer version; going back is the operation Rollback.'),
  'certlist-invalid': entry('input', 'never', 'A line of the cert list cannot be used.', 'Mend the line that the message names.'),
  'certlist-incomplete': entry('input', 'later', 'The cert list names packages that the library does not have.', 'Upload the packages that the message names.'),
  // files
  'file-unreadable': entry('input', 'never', 'A local file cannot be read.', 'Check the path and the rights.'),
  'file-changed': entry('input', 'now', 'The file changed while it was being sent.', 'Start the transfer again.'),
  'file-digest-mismatch': entry('remote', 'now', 'The bytes that arrived do not have the announced digest.', 'Start the transfer again; the broken copy was removed.'),
  'file-too-large': entry('input', 'never', 'The file is larger than the package library accepts.', 'Raise MAXFILEMIB in the Config file if the file is right.'),
  'library-full': entry('remote', 'later', 'The disk of the package library has no room for the file.', 'Free space on the master node; the transfer goes on where it stopped.'),
  'transfer-busy': entry('remote', 'later', 'Another session sends the same file at this moment.', 'Wait for its end; the package library then has the file.'),
  'transfer-unknown': entry('remote', 'now', 'The transfer is not open any more.', 'Start it again; bytes that arrived are kept.'),
  // jobs
  'job-unknown': entry('input', 'never', 'There is no such job.', 'See the list of jobs.'),
  'job-over': entry('input', 'never', 'The job has ended.', 'Start a new one.'),
  'job-running': entry('remote', 'later', 'Another operation is running on this system.', 'Continue it, or wait for its end.'),
  'step-not-current': entry('remote', 'now', 'The step is not waiting for this any more; somebody was faster.', 'Look at the screen again and decide anew.'),
  'already-done': entry('remote', 'now', 'What was asked for was done already, by this request or another one.', 'Nothing: it was not done a second time. Look at the screen again.'),
  'input-invalid': entry('input', 'never', 'What was entered cannot be used.', 'Correct the place that the message names.'),
  'plan-invalid': entry('input', 'never', 'The plan file cannot be used.', 'Mend the place that the message names; putctl plan writes a valid one.'),
  'nothing-to-retry': entry('input', 'never', 'No node has failed or is unreachable.', 'Go on with Next.'),
  'baton-needed': entry('remote', 'later', 'Another person drives this job.', 'Ask for the baton, or take it with a reason.'),
  'operation-unknown': entry('input', 'never', 'There is no such operation.', 'See the list of operations.'),
  'not-practice': entry('remote', 'never', 'Faults can be set on practice nodes only.', 'Start the practice system.'),
  // nodes
  'node-unknown': entry('input', 'never', 'There is no such node.', 'See the list of nodes.'),
  'node-unreachable': entry('remote', 'later', 'The node does not answer.', 'Check power and network of the node; then Retry.'),
  'node-timeout': entry('timeout', 'later', 'The work on the node did not end in time.', 'Look at the node; then Retry. A probe finds out first what was done.'),
  'node-busy': entry('remote', 'later', 'Work on the node was told to stop and is not known to have ended.', 'Look at the node; wait until the work has ended, then Retry. Or go on without the node with Ignore.'),
  'node-power-lost': entry('remote', 'later', 'The node lost power during the work.', 'Bring the node up; then Retry. A probe finds out first what was done.'),
  'script-pre-failed': entry('remote', 'later', 'The %pre script of a package failed; the old version is still on the node.', 'Read the log of the node, mend the cause, then Retry.'),
  'script-post-failed': entry('remote', 'later', 'The %post script of a package failed; the new version is on the node but not set up.', 'Read the log of the node and do by hand what the script did not; the step goes on with a warning, so there is nothing to retry.'),
  'dependency-failed': entry('remote', 'later', 'The node lacks something that a package requires.', 'Add the required package, then Retry.'),
  'disk-full': entry('remote', 'later', 'A file system of the node has no room.', 'Free space on the node, then Retry.'),
  'rpm-locked': entry('remote', 'now', 'Another package transaction runs on the node.', 'Wait for its end, then Retry.'),
  'validation-failed': entry('remote', 'later', 'The node does not have what the plan promised.', 'Compare found and planned versions in the node drawer; then Retry.'),
  'action-failed': entry('remote', 'later', 'The work on the node ended with an error.', 'Read the log of the node, mend the cause, then Retry.'),
  'service-failed': entry('remote', 'later', 'The service on the node could not be stopped or started.', 'Read the log of the node, then Retry.'),
  // client side
  'system-unknown': entry('input', 'never', 'No system of that name is saved here.', 'Add it, or name it by host and port.'),
  'credentials-unavailable': entry('input', 'never', 'The password is not saved and was not given.', 'Give it, or sign in in the window.'),
  'browser-missing': entry('input', 'later', 'Neither Electron nor Chromium, Chrome or Edge was found.', 'Install one of them; putctl works without.'),
  'bridge-refused': entry('usage', 'never', 'The window asked for something it may not.', 'Save the log and report it.'),
  cancelled: entry('cancelled', 'now', 'It was cancelled.', 'Start it again when needed.'),
  usage: entry('usage', 'never', 'The command line cannot be used.', 'See --help.'),
  internal: entry('usage', 'later', 'A fault of PUT Desktop.', 'Save the log and report it.'),
} as const satisfies Record<string, CatalogueEntry>;

/** A public error code. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;
