import { Button, ConfigProvider, theme } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { BrowserRouter, Link, Route, Routes } from "react-router";
import { QueuePage } from "./pages/QueuePage";
import { ScanPage } from "./pages/ScanPage";
import { switchLanguage } from "./text/setup";

const THEME_KEY = "pellucid.theme";

export function App() {
  const { t, i18n } = useTranslation();
  const [isDark, setDark] = useState(() => localStorage.getItem(THEME_KEY) === "dark");
  useEffect(() => {
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    localStorage.setItem(THEME_KEY, isDark ? "dark" : "light");
  }, [isDark]);
  return (
    <ConfigProvider
      locale={i18n.language === "en" ? enUS : zhCN}
      theme={{
        algorithm: isDark ? theme.darkAlgorithm : theme.defaultAlgorithm,
        token: { colorPrimary: "#0b6e75", borderRadius: 4 },
      }}
    >
      <BrowserRouter>
        <div className="topbar">
          <Link to="/">
            <img src="/mark.svg" width={24} height={24} alt="" />
            {t("product")}
          </Link>
          <span className="tagline">{t("tagline")}</span>
          <span className="right">
            <Button size="small" onClick={() => setDark(!isDark)}>
              {isDark ? t("light") : t("dark")}
            </Button>
            <Button size="small" onClick={switchLanguage}>
              {t("language")}
            </Button>
          </span>
        </div>
        <main>
          <Routes>
            <Route path="/" element={<QueuePage />} />
            <Route path="/scans/:id" element={<ScanPage />} />
          </Routes>
        </main>
      </BrowserRouter>
    </ConfigProvider>
  );
}
