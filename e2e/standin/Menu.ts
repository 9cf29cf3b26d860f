export interface MenuItemOptions {
  id?: string;
  label?: string;
  role?: string;
  type?: string;
  checked?: boolean;
  enabled?: boolean;
  submenu?: MenuItemOptions[] | Menu;
  click?: (item: MenuItem, window?: unknown, event?: object) => void;
}

/** An entry of a menu; `click()` is what a person would do. */
export class MenuItem {
  readonly id: string | undefined;
  readonly label: string;
  readonly role: string | undefined;
  readonly type: string;
  readonly submenu: Menu | undefined;
  checked: boolean;
  enabled: boolean;
  readonly #click: MenuItemOptions['click'];

  constructor(options: MenuItemOptions) {
    this.id = options.id;
    this.label = options.label ?? options.role ?? '';
    this.role = options.role;
    this.type = options.type ?? (options.submenu ? 'submenu' : 'normal');
    this.checked = options.checked ?? false;
    this.enabled = options.enabled ?? true;
    this.submenu = Array.isArray(options.submenu) ? Menu.buildFromTemplate(options.submenu) : options.submenu;
    this.#click = options.click;
  }

  click(): void {
    this.#click?.(this, undefined, {});
  }
}

let applicationMenu: Menu | null = null;

export class Menu {
  items: MenuItem[] = [];

  static buildFromTemplate(template: readonly MenuItemOptions[]): Menu {
    const menu = new Menu();
    menu.items = template.map((options) => new MenuItem(options));
    return menu;
  }
  static setApplicationMenu = (menu: Menu | null): void => void (applicationMenu = menu);
  static getApplicationMenu = (): Menu | null => applicationMenu;

  append = (item: MenuItem): void => void this.items.push(item);
  popup(): void {}

  getMenuItemById(id: string): MenuItem | null {
    for (const item of this.items) {
      const found = item.id === id ? item : item.submenu?.getMenuItemById(id);
      if (found) return found;
    }
    return null;
  }
}
