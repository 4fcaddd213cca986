import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./en";
import { zh } from "./zh";

const KEY = "pellucid.language";

const saved = localStorage.getItem(KEY);
void i18next.use(initReactI18next).init({
  lng: saved === "en" ? "en" : "zh",
  fallbackLng: "zh",
  resources: { zh: { translation: zh }, en: { translation: en } },
  interpolation: { escapeValue: false },
});
document.documentElement.lang = i18next.language === "en" ? "en" : "zh-CN";

/** Switches between Chinese and English and remembers it in this browser. */
export function switchLanguage(): void {
  const next = i18next.language === "en" ? "zh" : "en";
  localStorage.setItem(KEY, next);
  document.documentElement.lang = next === "en" ? "en" : "zh-CN";
  void i18next.changeLanguage(next);
}

export { i18next };
