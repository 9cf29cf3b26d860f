import '@fontsource/ibm-plex-sans/latin-400.css';
import '@fontsource/ibm-plex-sans/latin-500.css';
import '@fontsource/ibm-plex-sans/latin-600.css';
import '@fontsource/ibm-plex-mono/latin-400.css';
import '@fontsource/ibm-plex-mono/latin-500.css';
import '@fontsource/ibm-plex-mono/latin-600.css';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/fields.css';
import '../styles/dialogs.css';
import '../styles/shell.css';
import '../styles/switcher.css';
import '../styles/operation.css';
import '../styles/dataTable.css';
import '../styles/nodes.css';
import '../styles/map.css';
import '../styles/drawer.css';
import '../styles/views.css';
import '../styles/history.css';
import '../styles/paths.css';
import '../styles/systemForm.css';
import '../styles/tables.css';

/*
 * react-aria writes a rule of its own into the page unless an element with this id is there. The content policy lets no style come that way, so the rule
 * stands in base.css.
 */
const ariaStyle = document.createElement('meta');
ariaStyle.id = 'react-aria-pressable-style';
document.head.append(ariaStyle);
