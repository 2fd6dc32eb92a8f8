"""The headings and labels of solutions and papers: one table of words, in four languages.

A key is the English text itself, {…} in the place of what differs. `[words]` in a problem file gives any of
them another text. Names of cells, JSON and sheets' keys are no words: they are the same in every language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from itertools import zip_longest

from ..records import dataclass

LANGUAGES = ("en", "de", "fr", "es")
# English → German, French, Spanish.
WORDS: dict[str, tuple[str, str, str]] = {
    # Headings.
    "Forward pass": ("Vorwärtsdurchlauf", "Propagation avant", "Propagación hacia adelante"),
    "Loss": ("Fehler", "Perte", "Pérdida"),
    "Backward pass": ("Rückwärtsdurchlauf", "Rétropropagation", "Retropropagación"),
    "Gradients": ("Gradienten", "Gradients", "Gradientes"),
    "Update": ("Aktualisierung", "Mise à jour", "Actualización"),
    "Local derivatives": ("Lokale Ableitungen", "Dérivées locales", "Derivadas locales"),
    "The chain rule": ("Die Kettenregel", "La règle de la chaîne", "La regla de la cadena"),
    "Chain rule": ("Kettenregel", "Règle de la chaîne", "Regla de la cadena"),
    "Written out": ("Ausgeschrieben", "Développé", "Desarrollado"),
    "In matrices": ("In Matrizen", "En matrices", "En matrices"),
    "Result": ("Ergebnis", "Résultat", "Resultado"),
    "Definition": ("Definition", "Définition", "Definición"),
    "Derivative": ("Ableitung", "Dérivée", "Derivada"),
    "With numbers:": ("Mit Zahlen:", "Avec des nombres :", "Con números:"),
    "Backwards, layer by layer": ("Rückwärts, Schicht für Schicht", "À rebours, couche par couche", "Hacia atrás, capa por capa"),
    "In {where}": ("In {where}", "Dans {where}", "En {where}"),
    "Layer {name}": ("Schicht {name}", "Couche {name}", "Capa {name}"),
    "Step {n}": ("Schritt {n}", "Étape {n}", "Paso {n}"),
    "Sample {n}": ("Beispiel {n}", "Exemple {n}", "Muestra {n}"),
    "Epoch {n}, sample {m}": ("Epoche {n}, Beispiel {m}", "Époque {n}, exemple {m}", "Época {n}, muestra {m}"),
    "All turns": ("Alle Schritte", "Tous les pas", "Todos los pasos"),
    "All samples": ("Alle Beispiele", "Tous les exemples", "Todas las muestras"),
    "Training": ("Training", "Entraînement", "Entrenamiento"),
    "Parameters": ("Parameter", "Paramètres", "Parámetros"),
    "Loss before and after": ("Fehler davor und danach", "Perte avant et après", "Pérdida antes y después"),
    "Mistakes before and after": ("Irrtümer davor und danach", "Erreurs avant et après", "Errores antes y después"),
    "Gradient of the inputs": ("Gradient der Eingaben", "Gradient des entrées", "Gradiente de las entradas"),
    "Error gradient in {where}": ("Fehlergradient in {where}", "Gradient de l’erreur dans {where}", "Gradiente del error en {where}"),
    "Error signal in {where}": ("Fehlersignal in {where}", "Signal d’erreur dans {where}", "Señal de error en {where}"),
    "Error gradient and error signal in {where}": ("Fehlergradient und Fehlersignal in {where}", "Gradient et signal d’erreur dans {where}", "Gradiente y señal de error en {where}"),
    "Weight gradient in {where}": ("Gradient der Gewichte in {where}", "Gradient des poids dans {where}", "Gradiente de los pesos en {where}"),
    "Bias gradient in {where}": ("Gradient der Biasse in {where}", "Gradient des biais dans {where}", "Gradiente de los sesgos en {where}"),
    "Weight and bias gradients in {where}": ("Gradienten der Gewichte und Biasse in {where}", "Gradients des poids et des biais dans {where}", "Gradientes de los pesos y sesgos en {where}"),
    "Bias and weight gradients in {where}": ("Gradienten der Biasse und Gewichte in {where}", "Gradients des biais et des poids dans {where}", "Gradientes de los sesgos y pesos en {where}"),
    # Layers, as they stand after "in" and "of".
    "the output layer": ("der Ausgabeschicht", "la couche de sortie", "la capa de salida"),
    "the hidden layer": ("der verdeckten Schicht", "la couche cachée", "la capa oculta"),
    "hidden layer {n}": ("der verdeckten Schicht {n}", "la couche cachée {n}", "la capa oculta {n}"),
    "in {where}": ("in {where}", "dans {where}", "en {where}"),
    # Tables.
    "Neuron": ("Neuron", "Neurone", "Neurona"),
    "Sample": ("Beispiel", "Exemple", "Muestra"),
    "Epoch": ("Epoche", "Époque", "Época"),
    "Step": ("Schritt", "Pas", "Paso"),
    "Mistakes": ("Irrtümer", "Erreurs", "Errores"),
    "Layer": ("Schicht", "Couche", "Capa"),
    "Parameter": ("Parameter", "Paramètre", "Parámetro"),
    "old": ("alt", "ancien", "antiguo"),
    "new": ("neu", "nouveau", "nuevo"),
    "gradient": ("Gradient", "gradient", "gradiente"),
    "change": ("Änderung", "variation", "cambio"),
    "before": ("davor", "avant", "antes"),
    "after": ("danach", "après", "después"),
    "the gradient's estimate, {formula}": ("Schätzung durch den Gradienten, {formula}", "estimation par le gradient, {formula}", "estimación del gradiente, {formula}"),
    "mean {m}": ("Mittel {m}", "moyenne {m}", "media {m}"),
    "mean square {s}": ("Mittel der Quadrate {s}", "moyenne des carrés {s}", "media de los cuadrados {s}"),
    "velocity {v}": ("Geschwindigkeit {v}", "vitesse {v}", "velocidad {v}"),
    "Preactivation {z}": ("Voraktivierung {z}", "Préactivation {z}", "Preactivación {z}"),
    "Activation {a}": ("Aktivierung {a}", "Activation {a}", "Activación {a}"),
    "Activation function {g}": ("Aktivierungsfunktion {g}", "Fonction d’activation {g}", "Función de activación {g}"),
    "Activation function": ("Aktivierungsfunktion", "Fonction d’activation", "Función de activación"),
    "Loss {name}": ("Fehler {name}", "Perte {name}", "Pérdida {name}"),
    # What is said about a line.
    "for {ranges}": ("für {ranges}", "pour {ranges}", "para {ranges}"),
    "the sum over {ranges}": ("die Summe über {ranges}", "la somme sur {ranges}", "la suma sobre {ranges}"),
    "a term only where {index} is one of {range}": ("ein Term nur, wo {index} eines von {range} ist", "un terme seulement si {index} est l’un de {range}", "un término solo donde {index} es uno de {range}"),
    "{one} and {other}": ("{one} und {other}", "{one} et {other}", "{one} y {other}"),
    "{symbol} is used for every {index}: its paths are added": ("{symbol} wird für jedes {index} gebraucht: seine Wege werden addiert", "{symbol} sert pour chaque {index} : ses chemins s’additionnent", "{symbol} se usa para cada {index}: sus caminos se suman"),
    "{symbol} is used in several places: its paths are added": ("{symbol} wird an mehreren Stellen gebraucht: seine Wege werden addiert", "{symbol} sert à plusieurs endroits : ses chemins s’additionnent", "{symbol} se usa en varios lugares: sus caminos se suman"),
    "the largest: the gradient goes this way": ("das größte: der Gradient geht diesen Weg", "le plus grand : le gradient passe par là", "el mayor: el gradiente pasa por aquí"),
    "not the largest: no gradient passes": ("nicht das größte: kein Gradient geht durch", "pas le plus grand : aucun gradient ne passe", "no es el mayor: no pasa ningún gradiente"),
    "the smallest: the gradient goes this way": ("das kleinste: der Gradient geht diesen Weg", "le plus petit : le gradient passe par là", "el menor: el gradiente pasa por aquí"),
    "not the smallest: no gradient passes": ("nicht das kleinste: kein Gradient geht durch", "pas le plus petit : aucun gradient ne passe", "no es el menor: no pasa ningún gradiente"),
    "{slope}: no gradient passes": ("{slope}: kein Gradient geht durch", "{slope} : aucun gradient ne passe", "{slope}: no pasa ningún gradiente"),
    "the unit is off: {slope}": ("die Einheit ist aus: {slope}", "l’unité est inactive : {slope}", "la unidad está inactiva: {slope}"),
    "The {which} of {where} are held fixed.": ("Die {which} {where} bleiben fest.", "Les {which} de {where} restent fixes.", "Los {which} de {where} quedan fijos."),
    "weights": ("Gewichte", "poids", "pesos"),
    "biases": ("Biasse", "biais", "sesgos"),
    # What is given.
    "Given": ("Gegeben", "Données", "Datos"),
    "the weights of {where}": ("die Gewichte {where}", "les poids de {where}", "los pesos de {where}"),
    "the biases of {where}": ("die Biasse {where}", "les biais de {where}", "los sesgos de {where}"),
    "the bias of {where}": ("der Bias {where}", "le biais de {where}", "el sesgo de {where}"),
    "the weights": ("die Gewichte", "les poids", "los pesos"),
    "the biases": ("die Biasse", "les biais", "los sesgos"),
    "the bias": ("der Bias", "le biais", "el sesgo"),
    "Each layer computes:": ("Jede Schicht berechnet:", "Chaque couche calcule :", "Cada capa calcula:"),
    "where:": ("mit:", "où :", "donde:"),
    "The loss:": ("Der Fehler:", "La perte :", "La pérdida:"),
    "The update:": ("Die Aktualisierung:", "La mise à jour :", "La actualización:"),
    "The update, here for the first parameter and likewise for the others:": ("Die Aktualisierung, hier für den ersten Parameter und ebenso für die anderen:", "La mise à jour, ici pour le premier paramètre et de même pour les autres :", "La actualización, aquí para el primer parámetro y lo mismo para los demás:"),
    "Before the first step all of these are 0: {names}.": ("Vor dem ersten Schritt sind diese alle 0: {names}.", "Avant le premier pas, tous ceux-ci valent 0 : {names}.", "Antes del primer paso, todos estos valen 0: {names}."),
    "The steps before have left these:": ("Die Schritte davor haben diese hinterlassen:", "Les pas précédents ont laissé ceux-ci :", "Los pasos anteriores han dejado estos:"),
    "This is step t = {n}.": ("Dies ist Schritt t = {n}.", "C’est le pas t = {n}.", "Este es el paso t = {n}."),
    "The update, here for the output layer and likewise for the others:": ("Die Aktualisierung, hier für die Ausgabeschicht und ebenso für die anderen:", "La mise à jour, ici pour la couche de sortie et de même pour les autres :", "La actualización, aquí para la capa de salida y lo mismo para las demás:"),
    "Φ is the distribution function of the standard normal distribution.": ("Φ ist die Verteilungsfunktion der Standardnormalverteilung.", "Φ est la fonction de répartition de la loi normale centrée réduite.", "Φ es la función de distribución de la normal estándar."),
    "Carry your calculator's full precision, and write every result to {digits}.": ("Rechnen Sie mit der vollen Genauigkeit des Taschenrechners und schreiben Sie jedes Ergebnis auf {digits} gerundet.", "Gardez toute la précision de la calculatrice et écrivez chaque résultat avec {digits}.", "Use toda la precisión de la calculadora y escriba cada resultado con {digits}."),
    "Round every line to {digits} before you use it in the next one.": ("Runden Sie jede Zeile auf {digits}, bevor Sie in der nächsten damit rechnen.", "Arrondissez chaque ligne à {digits} avant de vous en servir dans la suivante.", "Redondee cada línea a {digits} antes de usarla en la siguiente."),
    "{n} decimals ({phase})": ("{n} Nachkommastellen ({phase})", "{n} décimales ({phase})", "{n} decimales ({phase})"),
    "{n} decimals": ("{n} Nachkommastellen", "{n} décimales", "{n} decimales"),
    "{n} decimal ({phase})": ("{n} Nachkommastelle ({phase})", "{n} décimale ({phase})", "{n} decimal ({phase})"),
    "{n} decimal": ("{n} Nachkommastelle", "{n} décimale", "{n} decimal"),
    "{n} significant digits": ("{n} gültige Ziffern", "{n} chiffres significatifs", "{n} cifras significativas"),
    "{n} significant digit": ("{n} gültige Ziffer", "{n} chiffre significatif", "{n} cifra significativa"),
    "forward pass": ("Vorwärtsdurchlauf", "propagation avant", "propagación hacia adelante"),
    "loss": ("Fehler", "perte", "pérdida"),
    "error gradients": ("Fehlergradienten", "gradients de l’erreur", "gradientes del error"),
    "gradients": ("Gradienten", "gradients", "gradientes"),
    "new values": ("neue Werte", "nouvelles valeurs", "valores nuevos"),
    # Remarks.
    "only the numbers shown are rounded: ≈ where they give a little more or less": ("nur die gezeigten Zahlen sind gerundet: ≈, wo sie etwas mehr oder weniger geben", "seuls les nombres affichés sont arrondis : ≈ là où ils donnent un peu plus ou moins", "solo los números mostrados están redondeados: ≈ donde dan un poco más o menos"),
    "rounded by hand at every written line": ("von Hand in jeder geschriebenen Zeile gerundet", "arrondi à la main à chaque ligne écrite", "redondeado a mano en cada línea escrita"),
    "1 number is not 0 and shown as 0: digits = { significant = 3 } shows them": ("1 Zahl ist nicht 0 und steht als 0 da: digits = { significant = 3 } zeigt sie", "1 nombre n’est pas 0 et s’affiche 0 : digits = { significant = 3 } le montre", "1 número no es 0 y se muestra como 0: digits = { significant = 3 } lo muestra"),
    "{n} numbers are not 0 and shown as 0: digits = { significant = 3 } shows them": ("{n} Zahlen sind nicht 0 und stehen als 0 da: digits = { significant = 3 } zeigt sie", "{n} nombres ne sont pas 0 et s’affichent 0 : digits = { significant = 3 } les montre", "{n} números no son 0 y se muestran como 0: digits = { significant = 3 } los muestra"),
    # The figure.
    "The network and its weights": ("Das Netz und seine Gewichte", "Le réseau et ses poids", "La red y sus pesos"),
    "The network with its numbers": ("Das Netz mit seinen Zahlen", "Le réseau avec ses nombres", "La red con sus números"),
    "In each unit the preactivation and the activation of sample {n}, below it {signal}.": ("In jeder Einheit Voraktivierung und Aktivierung von Beispiel {n}, darunter {signal}.", "Dans chaque unité la préactivation et l’activation de l’exemple {n}, dessous {signal}.", "En cada unidad la preactivación y la activación de la muestra {n}, debajo {signal}."),
    "In each unit the preactivation and the activation, below it {signal}.": ("In jeder Einheit Voraktivierung und Aktivierung, darunter {signal}.", "Dans chaque unité la préactivation et l’activation, dessous {signal}.", "En cada unidad la preactivación y la activación, debajo {signal}."),
    "the error signal": ("das Fehlersignal", "le signal d’erreur", "la señal de error"),
    "the error signal, in the direction of descent": ("das Fehlersignal in Abstiegsrichtung", "le signal d’erreur, dans le sens de la descente", "la señal de error, en la dirección de descenso"),
    "the error gradient by the activation": ("der Fehlergradient nach der Aktivierung", "le gradient de l’erreur par rapport à l’activation", "el gradiente del error respecto a la activación"),
    # Exams.
    "Name": ("Name", "Nom", "Nombre"),
    "Course": ("Kurs", "Cours", "Curso"),
    "Date": ("Datum", "Date", "Fecha"),
    "Time": ("Zeit", "Durée", "Tiempo"),
    "Version": ("Version", "Version", "Versión"),
    "Answer key": ("Lösung", "Corrigé", "Clave"),
    "{n} answers": ("{n} Antworten", "{n} réponses", "{n} respuestas"),
    "Correct answers": ("Richtige Antworten", "Réponses justes", "Respuestas correctas"),
    "Points": ("Punkte", "Points", "Puntos"),
    "of {n} points": ("von {n} Punkten", "sur {n} points", "de {n} puntos"),
    "of {n}": ("von {n}", "sur {n}", "de {n}"),
    "({n} point)": ("({n} Punkt)", "({n} point)", "({n} punto)"),
    "({n} points)": ("({n} Punkte)", "({n} points)", "({n} puntos)"),
    # HTML pages.
    "Contents": ("Inhalt", "Sommaire", "Contenido"),
    "Numbers": ("Zahlen", "Nombres", "Números"),
    "Table": ("Tabelle", "Tableau", "Tabla"),
    "Figure": ("Abbildung", "Figure", "Figura"),
    "Equations": ("Gleichungen", "Équations", "Ecuaciones"),
    "Save as an answer sheet": ("Als Antwortbogen speichern", "Enregistrer la feuille de réponses", "Guardar la hoja de respuestas"),
    "Empty all fields": ("Alle Felder leeren", "Vider tous les champs", "Vaciar todos los campos"),
    "Empty all fields?": ("Alle Felder leeren?", "Vider tous les champs ?", "¿Vaciar todos los campos?"),
    "{file}: {given} of {all} answers": ("{file}: {given} von {all} Antworten", "{file} : {given} réponses sur {all}", "{file}: {given} de {all} respuestas"),
    "What is typed is kept in this browser only. Hand in the file that is saved.": ("Was Sie eintippen, bleibt nur in diesem Browser. Geben Sie die gespeicherte Datei ab.", "Ce qui est tapé reste dans ce navigateur seulement. Rendez le fichier enregistré.", "Lo escrito queda solo en este navegador. Entregue el archivo guardado."),
}  # fmt: skip
_GAP = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True)
class Language:
    """One language, and the words that a problem gives in the place of its own."""

    code: str = "en"
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def plain(self) -> bool:
        """Whether nothing is said otherwise than in the table's English."""
        return self.code == "en" and not self.given

    def word(self, key: str) -> str:
        """The text of a key of the table, its gaps unfilled."""
        if key in self.given:
            return self.given[key]
        return key if self.code == "en" else WORDS[key][LANGUAGES.index(self.code) - 1]

    def say(self, text: str) -> str:
        """A text in this language, what fills its gaps too; one that the table lacks as it is."""
        if self.plain or not text:
            return text
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        return before + self._said(text.strip()) + after

    def _said(self, text: str) -> str:
        if text in WORDS and not _GAP.search(text):
            return self.word(text)
        for separator in ("; ", ", "):
            parts = text.split(separator)
            if len(parts) > 1 and not any(pattern.fullmatch(text) for pattern, _ in self._patterns):
                return separator.join(map(self._said, parts))
        matches = ((pattern.fullmatch(text), key) for pattern, key in self._patterns)
        found, key = next(((match, key) for match, key in matches if match), (None, ""))
        if found is None:
            return text
        return _GAP.sub(
            lambda gap: self._said(found[gap[1]]) if gap[1] in found.groupdict() else gap[0], self.word(key)
        )

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """The texts with gaps, those that say most first."""
        keys = sorted((key for key in WORDS if _GAP.search(key)), key=lambda key: -len(_GAP.sub("", key)))
        return [(re.compile(_pattern(key), re.DOTALL), key) for key in keys]


def _pattern(key: str) -> str:
    """A text with gaps as a pattern of what it may be filled with."""
    pieces = _GAP.split(key)  # text, gap, text, gap, …
    texts, gaps = pieces[::2], pieces[1::2]
    filled = [f"(?P<{gap}>{_FILLED.get(gap, '.+?')})" for gap in gaps]
    return "".join(re.escape(text) + gap for text, gap in zip_longest(texts, filled, fillvalue=""))


_FILLED = {"n": r"[^\s,;]+", "m": r"[^\s,;]+", "phase": r"[^()]+"}
ENGLISH = Language()
