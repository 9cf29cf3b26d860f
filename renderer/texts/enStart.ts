/** What the dialog says in which an operation is started with settings. */
export const startTexts = {
  button: 'Settings…',
  buttonOf: (title: string) => `Start ${title} with settings…`,
  title: (title: string) => `Start ${title}`,
  text: 'What is left empty is as the master has it for all jobs. The settings are kept with the job and cannot be changed once it was started.',
  waves: 'Such as type, 10 or 25 %. The step Waves then asks for a canary and for waves to stop before.',
  failures: 'Such as 3, 10 % or job 10 %, wave 2.',
  start: 'Start',
};
