// Charts: <div data-chart="{…}">. ECharts comes only to pages that have one. Everything is drawn on a canvas: the content-security policy allows no style in markup.
const { digits } = window.crm;
let loaded = null;
const load = () => loaded ??= new Promise((done, fail) => {
  const script = document.createElement('script');
  Object.assign(script, { src: document.body.dataset.echarts, onload: () => done(window.echarts), onerror: fail });
  document.head.append(script);
});

const number = value => digits(String(Math.round(value * 10) / 10).replace(/\B(?=(\d{3})+(?!\d))/g, document.documentElement.lang === 'fa' ? '٬' : ','));

// What is good or bad keeps its colour in every chart.
const meaning = { green: '#2fb344', red: '#d63939', orange: '#f59f00', gray: '#8a95a3', blue: '#206bc4', purple: '#ae3ec9' };

function options(data, style, width) {
  const { shape, labels, series, rtl } = data;
  const text = style.getPropertyValue('--crm-text').trim() || '#222';
  const soft = style.getPropertyValue('--crm-soft').trim() || '#666';
  const line = style.getPropertyValue('--crm-line').trim() || '#ddd';
  const shared = {
    animation: !matchMedia('(prefers-reduced-motion: reduce)').matches && !matchMedia('print').matches,
    textStyle: { fontFamily: style.fontFamily, color: text },
    color: ['#206bc4', '#2fb344', '#f59f00', '#d63939', '#ae3ec9', '#0ca678', '#74b816', '#4263eb', '#f76707', '#667382'],
    legend: series.length > 1 ? { type: 'scroll', bottom: 0, textStyle: { color: text }, pageTextStyle: { color: text } } : undefined,
    aria: { enabled: false },
  };
  // Drawn as text in the canvas: a box of HTML would carry styles of its own.
  const tooltip = { renderMode: 'richText', confine: true, valueFormatter: number, textStyle: { fontFamily: style.fontFamily } };
  if (shape === 'pie') {
    return {
      ...shared, tooltip: { ...tooltip, trigger: 'item' }, legend: { type: 'scroll', bottom: 0, textStyle: { color: text }, pageTextStyle: { color: text } },
      series: [{ type: 'pie', radius: ['35%', '65%'], center: ['50%', '44%'], data: labels.map((name, i) => ({ name, value: series[0].values[i] })), label: { color: text, formatter: p => `${p.name}: ${number(p.value)}` } }],
    };
  }
  const bars = shape === 'bars';
  const names = { type: 'category', data: labels, axisLabel: { color: soft, ...(bars ? { width: Math.max(130, width / 4), overflow: 'truncate' } : { hideOverlap: true }) }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } };
  const values = { type: 'value', minInterval: 1, axisLabel: { color: soft, formatter: number }, splitLine: { lineStyle: { color: line } } };
  return {
    ...shared,
    tooltip: { ...tooltip, trigger: 'axis', axisPointer: { type: 'shadow' } },
    grid: { top: 12, bottom: series.length > 1 ? 36 : 8, left: bars ? 20 : 8, right: bars ? 20 : 8, containLabel: true },
    // Time runs as one reads.
    xAxis: bars ? { ...values, inverse: rtl } : { ...names, inverse: rtl },
    yAxis: bars ? { ...names, inverse: true, position: rtl ? 'right' : 'left' } : { ...values, position: rtl ? 'right' : 'left' },
    series: series.map(s => ({
      name: s.name, data: s.values, type: shape === 'lines' ? 'line' : 'bar', stack: shape === 'stacked' ? 'all' : undefined, itemStyle: meaning[s.color] ? { color: meaning[s.color] } : undefined, smooth: false, symbolSize: 5, barMaxWidth: 36, areaStyle: shape === 'lines' && series.length === 1 ? { opacity: 0.1 } : undefined,
    })),
  };
}

export async function draw(root) {
  const places = [...(root.matches?.('[data-chart]') ? [root] : []), ...root.querySelectorAll('[data-chart]')].filter(p => !p.dataset.drawn);
  if (!places.length) return;
  for (const place of places) place.dataset.drawn = 'yes';
  const echarts = await load();
  await document.fonts.ready;
  for (const place of places) {
    const data = JSON.parse(place.dataset.chart);
    const chart = echarts.init(place, null, { renderer: 'canvas' });
    const show = () => chart.setOption(options(data, getComputedStyle(place), place.clientWidth), true);
    show();
    if (data.urls) chart.on('click', e => { const url = data.urls[e.dataIndex]; if (url) location.href = url; });
    new ResizeObserver(() => chart.resize()).observe(place);
    new MutationObserver(show).observe(document.documentElement, { attributeFilter: ['data-bs-theme'] });
  }
}
