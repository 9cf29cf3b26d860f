/** Where the package and its service unit have things; what commands look at when nothing else is named. */
export const PACKAGE_STATE = '/var/lib/putservices';
export const PACKAGE_CONFIG = '/etc/putservices/Config';
