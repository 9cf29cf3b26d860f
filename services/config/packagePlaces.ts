/** Where the package and its service unit have things; what commands look at when nothing else is named. */
export const PACKAGE_STATE = '/var/lib/putservices';
export const PACKAGE_CONFIG = '/etc/putservices/Config';
/** The user that the package makes, as whom its service runs. */
const PACKAGE_USER = 'putservices';

/** The commands that make the first admin of a state folder, as the user whose folder it is. `isThere`: the folder was made. */
export function firstAdminCommand(statePath: string, isThere = true): string {
  const add = `putservices account add NAME --role admin --state ${statePath}`;
  if (statePath !== PACKAGE_STATE) return add;
  const start = isThere ? '' : 'systemctl start putservices, which makes the state folder; then ';
  return `${start}runuser -u ${PACKAGE_USER} -- ${add}`;
}
