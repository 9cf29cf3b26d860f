import type { Updater } from './updates.ts';

/** electron-updater, as the conversation about updates uses it: nothing by itself, nothing on the way out. Loaded when it is first asked for. */
export async function createElectronUpdater(tell: (message: string) => void): Promise<Updater> {
  const { autoUpdater } = (await import('electron-updater')).default;
  autoUpdater.autoDownload = false;
  autoUpdater.autoInstallOnAppQuit = false;
  autoUpdater.allowDowngrade = false;
  // Parts of files would be asked for, which a plain folder does not give.
  autoUpdater.disableDifferentialDownload = true;
  autoUpdater.logger = { info: tell, warn: tell, error: tell };
  // What goes wrong is told by the call that it belongs to; without a listener Node would end the program.
  autoUpdater.on('error', () => {});
  return {
    look: async (url) => {
      autoUpdater.setFeedURL({ provider: 'generic', url });
      const found = await autoUpdater.checkForUpdates();
      return found?.isUpdateAvailable === true ? found.updateInfo.version : undefined;
    },
    bring: async (onPercent) => {
      const hear = ({ percent }: { percent: number }): void => onPercent(percent);
      autoUpdater.on('download-progress', hear);
      try {
        await autoUpdater.downloadUpdate();
      } finally {
        autoUpdater.off('download-progress', hear);
      }
    },
    install: () => autoUpdater.quitAndInstall(),
  };
}
